"""The virtual runner: known bone angles, rates and accelerations at any instant."""
