"""The page at `/`: HTML, CSS and JavaScript as they are, with no build step."""
