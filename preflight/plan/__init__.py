"""The publish plan: scenario x upload x identity."""
