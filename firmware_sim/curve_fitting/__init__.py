"""How ``body/gait_curves.json`` was made from public data: ``python -m firmware_sim.curve_fitting``."""
