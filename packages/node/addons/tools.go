//go:build tools

// Package tools keeps main packages of other modules in go.mod.
package tools

import _ "github.com/rancher/local-path-provisioner"
