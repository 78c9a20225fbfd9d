"""The answer key: what bones and sensors did, per stride, per event, per repetition and per sample."""
