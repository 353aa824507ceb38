// fleet starts the whole fleet and shows what it does; --help lists its commands.
package main

import (
	"os"

	"github.com/trading-ecosystem/fleet/internal/command"
)

func main() { os.Exit(command.Main(os.Args[1:], os.Stdout, os.Stderr)) }
