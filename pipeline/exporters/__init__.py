"""Out of the house: samples, strides and orientations in the formats of other programs."""
