package solve

import (
	"math/big"
	"net/netip"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

func init() {
	calls["cidrsubnet"] = cidrSubnet
	calls["cidrhost"] = cidrHost
}

// cidrSubnet finds the number of the wanted subnet in the same prefix; a subnet of another size also changes by how much it is smaller.
func cidrSubnet(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, _, want cty.Value) []Candidate {
	prefix, to, ok := s.network(sc, call, 3, want)
	newbits, known := 0, false
	if ok {
		newbits, known = wholeNumber(sc.Eval(call.Args[1]))
	}
	if !known {
		return s.because(Unevaluable, "the arguments of cidrsubnet() at %s are not known", place(call.Range()))
	}
	wanted, err := netip.ParsePrefix(to)
	more := wanted.Bits() - prefix.Bits()
	if err != nil || !prefix.Contains(wanted.Addr()) || more < 0 || wanted.Masked() != wanted {
		return s.because(NoInverse, "%s is no subnet of %s", to, prefix)
	}
	n := new(big.Int).Rsh(offset(prefix, wanted.Addr()), uint(wanted.Addr().BitLen()-wanted.Bits()))
	number := s.invert(sc, call.Args[2], sc.Eval(call.Args[2]), cty.NumberVal(new(big.Float).SetInt(n)))
	if more == newbits {
		return number
	}
	return all(number, s.invert(sc, call.Args[1], cty.NumberIntVal(int64(newbits)), cty.NumberIntVal(int64(more))))
}

// cidrHost finds the number of the wanted address in the same prefix.
func cidrHost(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, _, want cty.Value) []Candidate {
	prefix, to, ok := s.network(sc, call, 2, want)
	if !ok {
		return s.because(Unevaluable, "the arguments of cidrhost() at %s are not known", place(call.Range()))
	}
	wanted, err := netip.ParseAddr(to)
	if err != nil || !prefix.Contains(wanted) {
		return s.because(NoInverse, "%s is no address of %s", to, prefix)
	}
	n := offset(prefix, wanted)
	if have, ok := wholeNumber(sc.Eval(call.Args[1])); ok && have < 0 { // counted from the end stays so
		size := new(big.Int).Lsh(big.NewInt(1), uint(wanted.BitLen()-prefix.Bits()))
		n.Sub(n, size)
	}
	return s.invert(sc, call.Args[1], sc.Eval(call.Args[1]), cty.NumberVal(new(big.Float).SetInt(n)))
}

// network reads the prefix that a call starts from and the wanted text.
func (s *solver) network(sc *Scope, call *hclsyntax.FunctionCallExpr, args int, want cty.Value) (prefix netip.Prefix, to string, ok bool) {
	if len(call.Args) != args || call.ExpandFinal || !isString(want) {
		return prefix, "", false
	}
	from, ok := text(sc.Eval(call.Args[0]))
	if !ok {
		return prefix, "", false
	}
	prefix, err := netip.ParsePrefix(from)
	return prefix.Masked(), want.AsString(), err == nil
}

// offset is how far an address is from the first one of a prefix.
func offset(prefix netip.Prefix, a netip.Addr) *big.Int {
	return new(big.Int).Sub(new(big.Int).SetBytes(a.AsSlice()), new(big.Int).SetBytes(prefix.Addr().AsSlice()))
}
