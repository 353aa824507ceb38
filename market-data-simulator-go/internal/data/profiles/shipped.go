// This file finds profiles by name: those that ship are part of the binary, any other is a file.

package profiles

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
)

//go:embed shipped
var shipped embed.FS

// Names lists the shipped profiles.
func Names() []string { return []string{"calm", "lively"} }

// Load reads a shipped profile by its name, or a file: a name that ends in .json or has a path separator is one.
func Load(name string) (profile.Profile, error) {
	text, err := read(name)
	if err != nil {
		return profile.Profile{}, err
	}
	fitted, err := Decode(text)
	if err != nil {
		return profile.Profile{}, fmt.Errorf("profile %s: %w", name, err)
	}
	return fitted, nil
}

func read(name string) ([]byte, error) {
	if strings.HasSuffix(name, ".json") || strings.ContainsRune(name, filepath.Separator) {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read the profile: %w", err)
		}
		return text, nil
	}
	text, err := shipped.ReadFile("shipped/" + name + ".json")
	if err != nil {
		return nil, fmt.Errorf("no profile is named %q: want one of %s, or a file that ends in .json", name, strings.Join(Names(), ", "))
	}
	return text, nil
}
