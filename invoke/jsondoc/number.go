package jsondoc

import (
	"bytes"
	"math/big"
)

// sameNumber reports whether two number tokens have the same value, exactly:
// 1, 1.0 and 10e-1 are the same, 9007199254740993 and 9007199254740992 are not.
func sameNumber(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	x, y := parseNumber(a), parseNumber(b)
	if len(x.digits) == 0 || len(y.digits) == 0 {
		return len(x.digits) == len(y.digits) // -0 is 0
	}
	return x.negative == y.negative && bytes.Equal(x.digits, y.digits) && x.exponent.Cmp(&y.exponent) == 0
}

// decimal is 0.digits × 10^exponent, its digits without zeros on either side.
type decimal struct {
	negative bool
	digits   []byte // empty for zero
	exponent big.Int
}

func parseNumber(raw []byte) decimal {
	var d decimal
	if raw[0] == '-' {
		d.negative, raw = true, raw[1:]
	}
	if e := bytes.IndexAny(raw, "eE"); e >= 0 {
		// Exponents of any length are numbers too; the scanner has checked the digits.
		d.exponent.SetString(string(bytes.TrimPrefix(raw[e+1:], []byte{'+'})), 10)
		raw = raw[:e]
	}
	whole, fraction, _ := bytes.Cut(raw, []byte{'.'})
	digits := raw
	if len(fraction) > 0 {
		digits = append(append(make([]byte, 0, len(raw)), whole...), fraction...)
	}
	trimmed := bytes.TrimLeft(digits, "0")
	point := len(whole) - (len(digits) - len(trimmed))
	d.exponent.Add(&d.exponent, big.NewInt(int64(point)))
	d.digits = bytes.TrimRight(trimmed, "0")
	return d
}
