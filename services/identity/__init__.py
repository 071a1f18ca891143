"""identity: who somebody is, where they live, whom they serve; the trust under everything."""
