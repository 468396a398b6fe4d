"""What a direct message costs: sent, acknowledged and delivered, here and by other chat servers."""
