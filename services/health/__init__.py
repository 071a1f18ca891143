"""health: the 健康小屋. A family doctor without leaving the courtyard."""
