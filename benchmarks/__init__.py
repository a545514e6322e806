"""What the book promises about weight and speed, measured: `python -m benchmarks [--write]`."""
