"""MT2KD: one Zipformer encoder with heads for speech recognition, audio tagging and speaker verification."""
