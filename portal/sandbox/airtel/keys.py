"""The key pair that hides the PIN of disbursements at the simulated Airtel: known to everybody, worth nothing."""

PUBLIC_KEY = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA6FFuXsSdYdrvpZMIYe5gsvUo8DE0z2J+PAPjxH6jrPXaa2uukd6sxfkH"
    "DOn+ok/HFQnBfcWsZkoCrW41bc6sZMQ5fPW6AYfsTqp8+u/TuS+B4TvfEixqzOfWCGknm0+4UvUpiyyOijNxF3b4w/OUhyt7vWNs"
    "MY5mnQp5b7kU1JwRLnSPjn350/ZVu4mcCeivqZr0s+zAkJc+4aS+7xJ38k4Ej7Og9bhXvVxHLloMYNuD/6BoB9+orXKRYZKNMoUP"
    "2EwBEwSP8AL6ffcr/99CIPUzIR285OuL/qBByB647XgykvNbxLM2nZPnZALXqp51hbQK3rbo8Z4rArxsCirnTwIDAQAB"
)
"""2048 bits, base64 of DER as SubjectPublicKeyInfo."""
PRIVATE_KEY = (
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDoUW5exJ1h2u+lkwhh7mCy9SjwMTTPYn48A+PEfqOs9dpra66R"
    "3qzF+QcM6f6iT8cVCcF9xaxmSgKtbjVtzqxkxDl89boBh+xOqnz679O5L4HhO98SLGrM59YIaSebT7hS9SmLLI6KM3EXdvjD85SH"
    "K3u9Y2wxjmadCnlvuRTUnBEudI+OffnT9lW7iZwJ6K+pmvSz7MCQlz7hpL7vEnfyTgSPs6D1uFe9XEcuWgxg24P/oGgH36itcpFh"
    "ko0yhQ/YTAETBI/wAvp99yv/30Ig9TMhHbzk64v+oEHIHrjteDKS81vEszadk+dkAteqnnWFtAretujxnisCvGwKKudPAgMBAAEC"
    "ggEAAgljxN1Zl/Zh8wjR+paSk3Oih3VNc/VqKdlW+d5tTblgPcHw5FnF87+Z++mYM0rLU48OgMvXlemCJNWE9nCx8zZktA6tDWzP"
    "5IPNZu6jpsBezJMm0eW0mVKoOyelOkTLVumzpQko5I5Gd8DuzjAFdkzbB1tgtV9ee70QIGJ/Tsz72tPCaiuez2ZskMvE+T9NiTRw"
    "c5kfVBEl3VuPGmmvebTH5omH10hNwYXDASfG3HWmuEBn2TMRB1aR+xwewkryAJN+YLHipOjezkeZyjvJiPeVE0VQSlKz6/gK1xE8"
    "dPUDJofIq53s3U6hFQ6JeXFz2FAM7gSAZmNvQr0hsWI75QKBgQD4cytWZTavKhYFFZf4oMdsG53JTJ9Oq+ew+/ujrout0B6oty1u"
    "PumN0MCj8P40qe7P2e+b5DEwU/0Rb09qhVRiulCRWAPYoj6SqAXfXcL3s0qfYsEVSOy2f8hiuyQU2w421T4IaxfWOB7i3bYbs2Ha"
    "3EffFCY0yf6pYA9jGOKqjQKBgQDvYMN80BB8H4S7+XdGAPIGMKy6VwRXQVT/HH/bF5tzw0rJtNBgM+/x/HBfqr9mArf7rtZ8+6Zu"
    "4Dhud700jHS6MCrbYOGApLBdenZjFLmYLu/+GSXtwdm+JLIE+y+e8ljKqseZkjnIxJFD2ayEeDVLKzxH+vCiEBTpJxmahQqwSwKB"
    "gEiLWFwhsZXz8/oIFBfE2nX2mlvsw5d1GnHTIebpUF+wJUOeOOW3+PovuhAkjhVSiSinug8K0lIKNBqjJc00oS8yt9O4n2bh+ONZ"
    "rF1MQ2GQOHnRnA9a+8NODHTHsAFm9P+NxE8w9gTW3i3gDwyHlEsThujcOUuwr2tFYTjOS2EBAoGBAN+AE0YH5jxeGUqBA7Ii09af"
    "v8ZD1NO7NibzbxUbF5OgdcWawyvvkkr4DdvkysvuIeYmOjF7rMu9IjNSLSBRO/NTYdBuxl2cZucAnmSoRxkmSgGPbXBuHGWCUYyB"
    "EtdvIyQnDDIA617e2VrmdENDEU9b0O7MB7zpEv0V+rvhGDe9AoGAJJdbg1+E3bbPwpbcgioBRJwV+1NrbOIB/QsE59pKqmq39Tcl"
    "f9ib1fHdnc4tqpEXrSH5FE4zaWYQ5t5GgSpw175sBCLnozPrKP7AzOnKSroaN0ISGAMa0LpAK66N6GpneVt86MNhf7FcPJnZpXUk"
    "eMaHlTl+pgQJE+GyFV7Uz0A="
)
