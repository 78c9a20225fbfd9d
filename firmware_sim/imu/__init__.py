"""Virtual inertial sensors: where they sit, what they get wrong, what numbers they put out."""
