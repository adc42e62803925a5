package invoke

// CheckSize is the part of CheckPayload that needs no payload: n is its size in bytes. A
// door that is told the size ahead of the payload can refuse it unread.
func CheckSize(n int, t InvocationType) *Failure { return checkSize(n, t) }
