package jsondoc

import "slices"

// Align pairs the equal elements of two sequences that are in the same order in
// both: pairs of an index in a and one in b, ascending in both. Elements that occur
// once on each side are paired first, as many of them as can be without crossing;
// between two such pairs what is equal at the beginning and at the end is paired.
//
// That is the patience difference. It is no longest common subsequence, but it
// takes n log n steps however much differs, and it does not tear a record apart to
// pair the closing brackets of others.
func Align[T comparable](a, b []T) [][2]int {
	var pairs [][2]int
	ends := func(a0, a1, b0, b1 int) {
		for a0 < a1 && b0 < b1 && a[a0] == b[b0] {
			pairs = append(pairs, [2]int{a0, b0})
			a0, b0 = a0+1, b0+1
		}
		at := len(pairs)
		for a0 < a1 && b0 < b1 && a[a1-1] == b[b1-1] {
			a1, b1 = a1-1, b1-1
			pairs = append(pairs, [2]int{a1, b1})
		}
		slices.Reverse(pairs[at:])
	}
	head, tail := 0, 0
	for head < min(len(a), len(b)) && a[head] == b[head] {
		pairs = append(pairs, [2]int{head, head})
		head++
	}
	for tail < min(len(a), len(b))-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	lastA, lastB := head, head
	for _, anchor := range rising(once(a[head:len(a)-tail], b[head:len(b)-tail])) {
		ends(lastA, head+anchor[0], lastB, head+anchor[1])
		lastA, lastB = head+anchor[0], head+anchor[1]
		pairs = append(pairs, [2]int{lastA, lastB})
		lastA, lastB = lastA+1, lastB+1
	}
	ends(lastA, len(a)-tail, lastB, len(b)-tail)
	for i := tail; i > 0; i-- {
		pairs = append(pairs, [2]int{len(a) - i, len(b) - i})
	}
	return pairs
}

// once pairs the elements that occur once in a and once in b, in the order of a.
func once[T comparable](a, b []T) [][2]int {
	if len(a) == 0 || len(b) == 0 {
		return nil
	}
	type places struct{ inA, inB, at int32 }
	known := make(map[T]int32, len(b)) // an index into seen
	seen := make([]places, 0, len(b))
	for i, v := range b {
		n, is := known[v]
		if !is {
			n = int32(len(seen))
			known[v], seen = n, append(seen, places{at: int32(i)})
		}
		seen[n].inB++
	}
	of := make([]int32, len(a)) // an index into seen, -1 for what b does not have
	for i, v := range a {
		of[i] = -1
		if n, is := known[v]; is {
			of[i] = n
			seen[n].inA++
		}
	}
	var pairs [][2]int
	for i, n := range of {
		if n >= 0 && seen[n].inA == 1 && seen[n].inB == 1 {
			pairs = append(pairs, [2]int{i, int(seen[n].at)})
		}
	}
	return pairs
}

// onceUnpaired is once of the elements that are in none of the pairs, which ascend: few,
// as a rule, so that only these are looked up.
func onceUnpaired[T comparable](a, b []T, pairs [][2]int) [][2]int {
	if len(pairs) == len(a) || len(pairs) == len(b) {
		return nil
	}
	type places struct{ inA, inB, at int32 }
	seen := make(map[T]*places, len(b)-len(pairs))
	n := 0
	for j, v := range b {
		if n < len(pairs) && pairs[n][1] == j {
			n++
			continue
		}
		if p := seen[v]; p == nil {
			seen[v] = &places{at: int32(j)}
		}
	}
	for _, v := range b {
		if p := seen[v]; p != nil {
			p.inB++
		}
	}
	for _, v := range a {
		if p := seen[v]; p != nil {
			p.inA++
		}
	}
	var out [][2]int
	n = 0
	for i, v := range a {
		if n < len(pairs) && pairs[n][0] == i {
			n++
			continue
		}
		if p := seen[v]; p != nil && p.inA == 1 && p.inB == 1 {
			out = append(out, [2]int{i, int(p.at)})
		}
	}
	return out
}

// rising is a longest run of the pairs, which ascend in their first index, that
// ascends in the second one too.
func rising(pairs [][2]int) [][2]int {
	ends := make([]int, 0, len(pairs)) // ends[n] is the pair with the least end of a run of n+1
	before := make([]int, len(pairs))
	for i, p := range pairs {
		n, _ := slices.BinarySearchFunc(ends, p[1], func(e, want int) int { return pairs[e][1] - want })
		before[i] = -1
		if n > 0 {
			before[i] = ends[n-1]
		}
		if n == len(ends) {
			ends = append(ends, i)
		} else {
			ends[n] = i
		}
	}
	if len(ends) == 0 {
		return nil
	}
	run := make([][2]int, len(ends))
	for n, i := len(ends)-1, ends[len(ends)-1]; n >= 0; n, i = n-1, before[i] {
		run[n] = pairs[i]
	}
	return run
}
