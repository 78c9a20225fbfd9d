"""Single-leg squats and step-downs: repetitions found and measured."""
