package project

// holds works out a condition of the Conditions section.
func (r *resolver) holds(name string) verdict {
	if v, ok := r.truth[name]; ok {
		return v
	}
	n, ok := r.conditions[name]
	if !ok {
		return verdict{reason: "there is no condition " + shown(name)}
	}
	key := "condition " + name
	if r.underway[key] || len(r.underway) > maxReference {
		return verdict{reason: "the condition " + shown(name) + " depends on itself"}
	}
	r.underway[key] = true
	v := r.condition(n)
	delete(r.underway, key)
	r.truth[name] = v
	return v
}

// condition works out one condition function. A condition with an unknown part
// has a value where the part can't change it.
func (r *resolver) condition(n *node) verdict {
	if !r.spend(1) {
		return verdict{reason: tooMuchWork}
	}
	fn, arg, ok := n.intrinsic()
	if !ok {
		return verdict{reason: "a condition is " + n.what()}
	}
	switch fn {
	case "Condition":
		if !arg.isText() {
			return verdict{reason: "a condition is " + arg.what()}
		}
		return r.holds(arg.text)
	case "Fn::Equals":
		args, reason := arguments(fn, arg, 2, 2)
		if reason != "" {
			return verdict{reason: reason}
		}
		return r.equal(args[0], args[1])
	case "Fn::Not":
		args, reason := arguments(fn, arg, 1, 1)
		if reason != "" {
			return verdict{reason: reason}
		}
		v := r.condition(args[0])
		return verdict{!v.holds, v.reason}
	case "Fn::And", "Fn::Or":
		args, reason := arguments(fn, arg, 1, 10)
		if reason != "" {
			return verdict{reason: reason}
		}
		decisive := fn == "Fn::Or"
		unknown := ""
		for _, a := range args {
			v := r.condition(a)
			if v.reason == "" && v.holds == decisive {
				return verdict{holds: decisive}
			}
			if v.reason != "" {
				unknown = v.reason
			}
		}
		return verdict{!decisive, unknown}
	}
	return verdict{reason: fn + " is no condition"}
}

func (r *resolver) equal(a, b *node) verdict {
	x, reason := r.text(a)
	if reason != "" {
		return verdict{reason: reason}
	}
	y, reason := r.text(b)
	if reason != "" {
		return verdict{reason: reason}
	}
	return verdict{holds: x == y}
}
