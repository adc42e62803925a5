//go:build !linux

package local

func isPlacer([]string) bool { return false }

func place([]string) int { return 1 }

func namespacesRefused() string { return "this system has no mount namespaces" }
