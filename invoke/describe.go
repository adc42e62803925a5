package invoke

import (
	"context"
	"errors"
	"strconv"
)

// Describe asks the target how a function is configured at a qualifier, "" for the one that
// its name has, else $LATEST. It runs nothing. known are the function's qualifiers as far as
// they have been listed, see Place. Its error is a *Failure for what the target refuses.
func Describe(ctx context.Context, t Target, function, qualifier string, known []Qualifier) (VersionSide, error) {
	describer, ok := As[Describer](t)
	if !ok {
		return VersionSide{}, errors.New("this target does not tell how functions are configured")
	}
	req := Request{Function: function, Qualifier: qualifier}
	if failure := Validate(req); failure != nil {
		return VersionSide{}, failure
	}
	name, failure := req.Name()
	if failure != nil {
		return VersionSide{}, failure
	}
	if function = name.Function; name.Account != "" {
		function = name.ARN(t.Info().Region, "")
	}
	c, err := describer.Configuration(ctx, function, name.Qualifier)
	if err != nil {
		return VersionSide{}, err
	}
	s := VersionSide{Qualifier: Qualifier{Name: orLatest(name.Qualifier), Version: c.Version}, Configuration: c}
	s.Place(known)
	return s, nil
}

// Place finds the side's qualifier among those of its function, and the aliases that point at
// its version, with whatever share. A qualifier that is not among them stays as it is.
func (s *VersionSide) Place(known []Qualifier) {
	s.Aliases = nil
	for _, q := range known {
		if q.Name == s.Qualifier.Name {
			s.Qualifier = q
		}
		if q.Kind == KindAlias && (q.Version == s.Configuration.Version || q.Weights[s.Configuration.Version] > 0) {
			s.Aliases = append(s.Aliases, q)
		}
	}
}

// Facts are all that is known of a function at one qualifier, by group and in the order in
// which it is read: what a comparison looks at, and what is the same at every qualifier. The
// values are in This.
func (s VersionSide) Facts() []Fact {
	c := s.Configuration
	var list []Fact
	text := func(group FactGroup, member, label, value string) {
		if value != "" {
			list = append(list, Fact{Group: group, Member: member, Label: label, This: quoted(value)})
		}
	}
	shared := facts(s, s)
	next := func(group FactGroup) {
		for ; len(shared) > 0 && shared[0].Group == group; shared = shared[1:] {
			f := shared[0]
			f.That = nil
			list = append(list, f)
			if f.Member == "state" {
				text(group, "stateReason", "Why", c.StateReason)
			}
		}
	}
	next(FactAbout)
	text(FactAbout, "unavailable", "Can't run here", c.UnavailableHereBecause)
	text(FactAbout, "lastUpdate", "Last update", c.LastUpdate)
	text(FactAbout, "lastUpdateReason", "Why", c.LastUpdateReason)
	text(FactAbout, "arn", "ARN", c.ARN)
	if t := c.Source; t != string(AWS) { // which says no more than the target does
		text(FactAbout, "source", "Source", t)
	}
	next(FactCode)
	text(FactCode, "codePath", "Code folder", c.CodePath)
	next(FactConfiguration)
	concurrency := Fact{Group: FactConfiguration, Member: "reservedConcurrency", Label: "Reserved concurrency"}
	if c.ReservedConcurrency != nil {
		concurrency.This = []byte(strconv.Itoa(*c.ReservedConcurrency)) // 0 says much: nothing can run
	}
	if c.ConcurrencyUnknown != "" {
		concurrency.Member, concurrency.This = "reservedConcurrencyUnknown", quoted("not known: "+c.ConcurrencyUnknown)
	}
	list = append(list, concurrency)
	next(FactEnvironment)
	return list
}
