package history

func childMain(string) int { return 2 }
