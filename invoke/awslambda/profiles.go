package awslambda

import (
	"bufio"
	"cmp"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxConfigFile is how much of a configuration file is looked at, in bytes.
const maxConfigFile = 4 << 20

// A Profile is one profile of the shared configuration files, for a list to choose from.
type Profile struct {
	Name    string
	Region  string // "" when it has none
	Account string // of SSO or of the role, where the files say it
	SignIn  string // "sso", "login", "process", "keys", "role"; "" when the files don't say how
	Source  string // source_profile, "" when it has none
}

// Profiles lists the profiles of the shared configuration and credentials files by
// name, "default" first. It reads the files only as far as a list needs them; what is wrong
// in them is said when a profile is opened. Nothing of a credential is kept.
func Profiles() []Profile {
	found := map[string]*Profile{}
	scanProfiles(sharedFile("AWS_CONFIG_FILE", "config"), true, found)
	scanProfiles(sharedFile("AWS_SHARED_CREDENTIALS_FILE", "credentials"), false, found)
	list := make([]Profile, 0, len(found))
	for _, p := range found {
		list = append(list, *p)
	}
	slices.SortFunc(list, func(a, b Profile) int {
		if first := (b.Name == "default"); first != (a.Name == "default") {
			if first {
				return 1
			}
			return -1
		}
		return cmp.Compare(a.Name, b.Name)
	})
	return list
}

func profileNames(profiles []Profile) []string {
	names := make([]string, len(profiles))
	for i, p := range profiles {
		names[i] = p.Name
	}
	return names
}

func sharedFile(variable, name string) string {
	if file := os.Getenv(variable); file != "" {
		return file
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".aws", name)
}

// scanProfiles adds the profiles of one file. In the configuration file a section is
// [default] or [profile NAME]; in the credentials file it is [NAME].
func scanProfiles(file string, prefixed bool, found map[string]*Profile) {
	f, err := os.Open(file)
	if err != nil {
		return
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return
	}
	var p *Profile
	lines := bufio.NewScanner(io.LimitReader(f, maxConfigFile))
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if section, ok := strings.CutPrefix(line, "["); ok {
			p = section2profile(section, prefixed, found)
			continue
		}
		indented := strings.HasPrefix(lines.Text(), " ") || strings.HasPrefix(lines.Text(), "\t")
		key, value, ok := strings.Cut(line, "=")
		if p == nil || !ok || indented || line[0] == '#' || line[0] == ';' {
			continue // indented lines are nested settings
		}
		p.set(strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value))
	}
}

// section2profile returns the profile that a section's head names, nil for other sections.
func section2profile(head string, prefixed bool, found map[string]*Profile) *Profile {
	name, _, closed := strings.Cut(head, "]")
	name = strings.TrimSpace(name)
	if !closed || name == "" {
		return nil
	}
	if prefixed && name != "default" {
		kind, rest, ok := strings.Cut(strings.Join(strings.Fields(name), " "), " ")
		if !ok || kind != "profile" {
			return nil // sso-session, services, …
		}
		name = strings.Trim(rest, `"'`)
	}
	p, ok := found[name]
	if !ok {
		p = &Profile{Name: name}
		found[name] = p
	}
	return p
}

// set takes what a list shows from one setting.
func (p *Profile) set(key, value string) {
	switch key {
	case "region":
		p.Region = value
	case "source_profile":
		p.Source = value
	case "role_arn":
		p.SignIn = "role"
		if part := strings.Split(value, ":"); len(part) == 6 && p.Account == "" {
			p.Account = part[4]
		}
	case "sso_account_id":
		p.Account = value
	case "sso_session", "sso_start_url":
		p.signsInBy("sso")
	case "login_session":
		p.signsInBy("login")
	case "credential_process":
		p.signsInBy("process")
	case "aws_access_key_id":
		p.signsInBy("keys")
	}
}

func (p *Profile) signsInBy(way string) {
	if p.SignIn == "" {
		p.SignIn = way
	}
}

// A Region is a region where Lambda is.
type Region struct{ ID, Name string }

// Regions are the regions with Lambda that the SDK of this build knows, those of the
// isolated partitions left out, in the order of the console. Any other can be given by name.
func Regions() []Region { return slices.Clone(regions) }

var regions = []Region{
	{"us-east-1", "N. Virginia"}, {"us-east-2", "Ohio"}, {"us-west-1", "N. California"}, {"us-west-2", "Oregon"},
	{"af-south-1", "Cape Town"},
	{"ap-east-1", "Hong Kong"}, {"ap-east-2", "Taipei"}, {"ap-south-1", "Mumbai"}, {"ap-south-2", "Hyderabad"},
	{"ap-southeast-1", "Singapore"}, {"ap-southeast-2", "Sydney"}, {"ap-southeast-3", "Jakarta"}, {"ap-southeast-4", "Melbourne"},
	{"ap-southeast-5", "Malaysia"}, {"ap-southeast-6", "New Zealand"}, {"ap-southeast-7", "Thailand"},
	{"ap-northeast-1", "Tokyo"}, {"ap-northeast-2", "Seoul"}, {"ap-northeast-3", "Osaka"},
	{"ca-central-1", "Central Canada"}, {"ca-west-1", "Calgary"},
	{"eu-central-1", "Frankfurt"}, {"eu-central-2", "Zurich"}, {"eu-west-1", "Ireland"}, {"eu-west-2", "London"}, {"eu-west-3", "Paris"},
	{"eu-south-1", "Milan"}, {"eu-south-2", "Spain"}, {"eu-north-1", "Stockholm"},
	{"il-central-1", "Tel Aviv"}, {"me-central-1", "UAE"}, {"me-south-1", "Bahrain"}, {"mx-central-1", "Mexico"}, {"sa-east-1", "São Paulo"},
	{"us-gov-east-1", "GovCloud US-East"}, {"us-gov-west-1", "GovCloud US-West"},
	{"cn-north-1", "Beijing"}, {"cn-northwest-1", "Ningxia"}, {"eusc-de-east-1", "European Sovereign Cloud, Brandenburg"},
}
