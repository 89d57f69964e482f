package ledger

import (
	"bytes"
	"crypto/rand"
	"crypto/sha512"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"golang.org/x/crypto/ssh"
)

// Namespace is what SSH signatures of a ledger are made for: ssh-keygen -Y verify -n mooring-ledger.
const Namespace = "mooring-ledger"

// A Signature signs a hash of the chain, and with it every entry up to the one that has it. It is made as stock tools make it: over the hash
// as 64 letters, by ssh-keygen -Y sign or gpg --detach-sign --armor.
type Signature struct {
	Format string `json:"format"` // ssh or gpg
	Key    string `json:"key"`    // fingerprint of the key
	Over   string `json:"over"`   // the hash that is signed: that of the entry before
	Text   string `json:"text"`   // armoured
}

// A Signer signs.
type Signer interface {
	// Sign signs a hash.
	Sign(hash string) (Signature, error)
}

// NewSigner reads a private key without passphrase: an SSH key in OpenSSH's or PEM's form, or an armoured GPG key.
func NewSigner(key []byte) (Signer, error) {
	if bytes.Contains(key, []byte("BEGIN PGP PRIVATE KEY")) {
		ring, err := openpgp.ReadArmoredKeyRing(bytes.NewReader(key))
		switch {
		case err != nil || len(ring) != 1 || ring[0].PrivateKey == nil:
			return nil, errors.New("the key that signs the ledger is not one armoured GPG private key\nhint: gpg --export-secret-keys --armor KEY")
		case ring[0].PrivateKey.Encrypted:
			return nil, errors.New("the key that signs the ledger has a passphrase\nhint: use a key of its own without one, kept as a secret")
		}
		return gpgSigner{ring[0]}, nil
	}
	signer, err := ssh.ParsePrivateKey(key)
	var locked *ssh.PassphraseMissingError
	switch {
	case errors.As(err, &locked):
		return nil, errors.New("the key that signs the ledger has a passphrase\nhint: use a key of its own without one, kept as a secret")
	case err != nil:
		return nil, errors.New("the key that signs the ledger is neither an SSH nor an armoured GPG private key\nhint: ssh-keygen -t ed25519 -N '' -f ledger-key makes one")
	}
	return sshSigner{signer}, nil
}

type sshSigner struct{ key ssh.Signer }

// magic begins SSH signatures and what they sign (PROTOCOL.sshsig of OpenSSH).
const magic = "SSHSIG"

func signedData(hash string) []byte {
	sum := sha512.Sum512([]byte(hash))
	return append([]byte(magic), ssh.Marshal(struct{ Namespace, Reserved, Algorithm, Hash string }{Namespace, "", "sha512", string(sum[:])})...)
}

// Sign implements [Signer].
func (s sshSigner) Sign(hash string) (Signature, error) {
	var signature *ssh.Signature
	var err error
	if multi, ok := s.key.(ssh.AlgorithmSigner); ok && s.key.PublicKey().Type() == ssh.KeyAlgoRSA {
		signature, err = multi.SignWithAlgorithm(rand.Reader, signedData(hash), ssh.KeyAlgoRSASHA512) // OpenSSH takes no SHA-1
	} else {
		signature, err = s.key.Sign(rand.Reader, signedData(hash))
	}
	if err != nil {
		return Signature{}, fmt.Errorf("sign the ledger: %w", err)
	}
	blob := append([]byte(magic), ssh.Marshal(sshBlob{1, string(s.key.PublicKey().Marshal()), Namespace, "", "sha512", string(ssh.Marshal(signature))})...)
	return Signature{"ssh", ssh.FingerprintSHA256(s.key.PublicKey()), hash, armour(blob)}, nil
}

type sshBlob struct {
	Version                                        uint32
	Key, Namespace, Reserved, Algorithm, Signature string
}

// armour is the form of ssh-keygen: lines of 70.
func armour(blob []byte) string {
	body := strings.Split(strings.TrimSpace(string(pem.EncodeToMemory(&pem.Block{Type: "SSH SIGNATURE", Bytes: blob}))), "\n")
	joined := strings.Join(body[1:len(body)-1], "")
	var b strings.Builder
	b.WriteString(body[0] + "\n")
	for len(joined) > 70 {
		b.WriteString(joined[:70] + "\n")
		joined = joined[70:]
	}
	b.WriteString(joined + "\n" + body[len(body)-1] + "\n")
	return b.String()
}

type gpgSigner struct{ key *openpgp.Entity }

// Sign implements [Signer].
func (s gpgSigner) Sign(hash string) (Signature, error) {
	var b bytes.Buffer
	w, err := armor.Encode(&b, "PGP SIGNATURE", nil)
	if err == nil {
		err = openpgp.DetachSign(w, s.key, strings.NewReader(hash), nil)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return Signature{}, fmt.Errorf("sign the ledger: %w", err)
	}
	return Signature{"gpg", fmt.Sprintf("%X", s.key.PrimaryKey.Fingerprint), hash, b.String() + "\n"}, nil
}

// Trusted are the public keys whose signatures count.
type Trusted struct {
	ssh map[string]bool // marshalled keys
	gpg openpgp.EntityList
}

// ParseTrusted reads public keys: lines of an allowed_signers or .pub file, and armoured GPG keys, in any mix.
func ParseTrusted(text []byte) (*Trusted, error) {
	t := &Trusted{ssh: map[string]bool{}}
	const begin, end = "-----BEGIN PGP PUBLIC KEY BLOCK-----", "-----END PGP PUBLIC KEY BLOCK-----"
	rest := string(text)
	for {
		from := strings.Index(rest, begin)
		to := strings.Index(rest, end)
		if from < 0 || to < from {
			break
		}
		ring, err := openpgp.ReadArmoredKeyRing(strings.NewReader(rest[from : to+len(end)]))
		if err != nil {
			return nil, fmt.Errorf("a GPG key among the trusted keys is not readable: %w", err)
		}
		t.gpg = append(t.gpg, ring...)
		rest = rest[:from] + rest[to+len(end):]
	}
	for n, line := range strings.Split(rest, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		// A line of an allowed_signers file names who it is before the key.
		key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line))
		if err != nil {
			_, after, _ := strings.Cut(line, " ")
			key, _, _, _, err = ssh.ParseAuthorizedKey([]byte(after))
		}
		if err != nil {
			return nil, fmt.Errorf("line %d of the trusted keys is not an SSH public key", n+1)
		}
		t.ssh[string(key.Marshal())] = true
	}
	if len(t.ssh)+len(t.gpg) == 0 {
		return nil, errors.New("there are no trusted keys in it")
	}
	return t, nil
}

// Check verifies a signature by one of the trusted keys.
func (t *Trusted) Check(s Signature) error {
	if s.Format == "gpg" {
		if _, err := openpgp.CheckArmoredDetachedSignature(t.gpg, strings.NewReader(s.Over), strings.NewReader(s.Text), nil); err != nil {
			return fmt.Errorf("the GPG signature of key %s does not hold, or the key is not trusted: %w", s.Key, err)
		}
		return nil
	}
	block, _ := pem.Decode([]byte(s.Text))
	if block == nil || block.Type != "SSH SIGNATURE" || !bytes.HasPrefix(block.Bytes, []byte(magic)) {
		return errors.New("the signature is not readable")
	}
	var blob sshBlob
	if err := ssh.Unmarshal(block.Bytes[len(magic):], &blob); err != nil || blob.Namespace != Namespace || blob.Algorithm != "sha512" {
		return errors.New("the signature is not one of a ledger")
	}
	var signature ssh.Signature
	if err := ssh.Unmarshal([]byte(blob.Signature), &signature); err != nil {
		return errors.New("the signature is not readable")
	}
	key, err := ssh.ParsePublicKey([]byte(blob.Key))
	switch {
	case err != nil:
		return errors.New("the key of the signature is not readable")
	case !t.ssh[blob.Key]:
		return fmt.Errorf("the key %s is not trusted", ssh.FingerprintSHA256(key))
	}
	if err := key.Verify(signedData(s.Over), &signature); err != nil {
		return fmt.Errorf("the signature of key %s does not hold", ssh.FingerprintSHA256(key))
	}
	return nil
}

// A Signed says how far signatures reach.
type Signed struct {
	Signatures int
	Unsigned   int // entries after the last signature
}

// CheckSignatures verifies every signature of a chain that holds. An error names the entry.
func CheckSignatures(entries []Entry, t *Trusted) (Signed, error) {
	var s Signed
	for i, e := range entries {
		s.Unsigned++
		if e.Kind != KindSignature {
			continue
		}
		switch {
		case e.Signature == nil || i == 0 || e.Signature.Over != entries[i-1].Hash:
			return s, fmt.Errorf("entry %d: the signature is not of the entry before it", e.Seq)
		default:
			if err := t.Check(*e.Signature); err != nil {
				return s, fmt.Errorf("entry %d: %w", e.Seq, err)
			}
		}
		s.Signatures, s.Unsigned = s.Signatures+1, 0
	}
	return s, nil
}
