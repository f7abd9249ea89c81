"""What several tests lean on; no test stands here."""
