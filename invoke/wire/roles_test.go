package wire

const roleVariable = "WIRE_TEST_ROLE"

func playRole(string) int { return 1 }
