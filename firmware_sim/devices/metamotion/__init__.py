"""MbientLab MetaMotionS: byte layouts only; there is no simulated device of this kind."""
