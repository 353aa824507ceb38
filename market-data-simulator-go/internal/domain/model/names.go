// This file names the models, for those who type one.

package model

import (
	"fmt"
	"strings"
)

// named is every model with its default parameters, in the order in which Names lists them.
var named = []struct {
	name       string
	parameters func() Parameters
}{
	{"brownian-motion", func() Parameters { return BrownianMotion{} }},
	{"mean-reversion", func() Parameters { return DefaultMeanReversion() }},
	{"trend-following", func() Parameters { return DefaultTrendFollowing() }},
	{"jump-diffusion", func() Parameters { return DefaultJumpDiffusion() }},
	{"heston", func() Parameters { return DefaultHeston() }},
	{"garch", func() Parameters { return DefaultGARCH() }},
	{"regime-switching", func() Parameters { return DefaultRegimeSwitching() }},
}

// Names lists the models.
func Names() (names []string) {
	for _, one := range named {
		names = append(names, one.name)
	}
	return names
}

// Named is a model with its default parameters; an unknown name is answered with the known ones.
func Named(name string) (Parameters, error) {
	for _, one := range named {
		if one.name == name {
			return one.parameters(), nil
		}
	}
	return nil, fmt.Errorf("%q is no model: want one of %s", name, strings.Join(Names(), ", "))
}
