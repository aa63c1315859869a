"""What models and measurements say of each example."""
