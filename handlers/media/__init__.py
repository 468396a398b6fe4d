"""Images: taken in, rendered, kept and served."""
