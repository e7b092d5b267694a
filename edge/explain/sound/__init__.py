"""What was played as a spectrogram, the parts it can be divided into, and the power of each part in each band."""
