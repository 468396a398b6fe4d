"""What REST costs as a site grows, on data of a known size."""
