package grpcapi

// Pages of lists. A token says where the next page begins and belongs to one question: with another filter it is refused.

import (
	"encoding/base64"
	"fmt"
	"hash/fnv"

	"github.com/trading-ecosystem/service-kit-go/errs"
)

// Sizes of a page.
const (
	DefaultPage = 100
	MaxPage     = 1000
)

// pageSize reads how many rows a page is to have.
func pageSize(asked int32) (int, error) {
	if asked < 0 || asked > MaxPage {
		return 0, errs.InvalidField("page_size", asked, fmt.Sprintf("1 to %d, or 0 for %d", MaxPage, DefaultPage))
	}
	if asked == 0 {
		return DefaultPage, nil
	}
	return int(asked), nil
}

const tokenFormat = "%x:%d" // the question and where to go on in its answer

// pageToken makes the token of the page that begins at a position above 0, such as the id before which to go on. The
// question is the name of the method and what narrows the list down; it must be the same for all pages.
func pageToken(at uint64, question ...string) string {
	return sealed(fmt.Sprintf(tokenFormat, digest(question), at))
}

// pageStart reads a token into the position where its page begins; without a token it is 0.
func pageStart(token string, question ...string) (at uint64, err error) {
	if token == "" {
		return 0, nil
	}
	var of uint64
	_, _ = fmt.Sscanf(unsealed(token), tokenFormat, &of, &at) // what is not ours is found out below
	if at == 0 || pageToken(at, question...) != token {
		return 0, notOurs(token)
	}
	return at, nil
}

// notOurs refuses a token that was not issued for this list.
func notOurs(token string) error {
	return errs.InvalidField("page_token", shown(token), "next_page_token of the page before, of the same list, or nothing for the first page")
}

// longestToken is more than any token has, in bytes.
const longestToken = 256

// sealed makes text opaque, so that callers do not build upon it.
func sealed(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// unsealed is the inverse of sealed; of what sealed cannot have made it is anything, so seal again and compare.
func unsealed(token string) string {
	text, _ := base64.RawURLEncoding.DecodeString(token[:min(len(token), longestToken)])
	return string(text)
}

// digest tells questions apart.
func digest(question []string) uint64 {
	hash := fnv.New64a()
	for _, part := range question {
		fmt.Fprintf(hash, "%d:%s", len(part), part)
	}
	return hash.Sum64()
}
