// Package decimal reads the exact decimals of the exchange's API. What is passed on stays the text that it was; numbers are made of it
// only to compare, to add and to draw.
package decimal

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
)

var plain = regexp.MustCompile(`^-?[0-9]{1,40}(\.[0-9]{1,40})?$`)

// Parse reads a plain decimal, e.g. "-0.5": no exponent, no thousands separator, at most 40 digits on either side of the point.
func Parse(text string) (*big.Rat, error) {
	if !plain.MatchString(text) {
		return nil, fmt.Errorf("%q is no plain decimal, e.g. 0.5", text)
	}
	value, _ := new(big.Rat).SetString(text)
	return value, nil
}

// Positive tells whether text is a plain decimal above 0.
func Positive(text string) bool {
	value, err := Parse(text)
	return err == nil && value.Sign() > 0
}

// NotNegative tells whether text is a plain decimal of 0 or more.
func NotNegative(text string) bool {
	value, err := Parse(text)
	return err == nil && value.Sign() >= 0
}

// Places counts the digits after the point.
func Places(text string) int {
	_, fraction, _ := strings.Cut(text, ".")
	return len(fraction)
}
