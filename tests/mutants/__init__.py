"""Each guard removed must turn a named test red; a law without a mutant is an opinion."""
