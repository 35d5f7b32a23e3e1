/* Public keys for tests of key records, as strings of a TXT record. Made with openssl
 * genrsa; their private halves were not kept. */
#ifndef CHECK_KEYS_TESTING_H
#define CHECK_KEYS_TESTING_H

#define RSA_512                                                             \
 "\"MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBANG/cyGEa/BA6I3cISr2ezOS0agcEic0Yqc3h1" \
 "Z9JZow1IRvweBuelAAFuGv4UzZjLyNEmwlj6xDAmzu0c1nSJMCAwEAAQ==\" "

#define RSA_1024                                                            \
 "\"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDTwm3h8m+ohxBbERabLYIxk/TrsRqf94" \
 "Fffhui7KkYuoU5ouEbKoOe+XI6BHX0eWlPIbdZTN7wphRkxDzC4HCLMN7E06wsdMuK9RP6"   \
 "FdDEZWIOHdwgoec6QAT9t4jOAk4lPE1dNvaEfZ2tsi11ePMaFMIqPqtf8dmj\" "          \
 "\"+kM7B/pNywIDAQAB\" "

#define RSA_2048                                                            \
 "\"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAmYis+LldAZQqDLws3nttHz7O3I" \
 "G8ehvQs/iW2UM6UmCBTr+raPwNVJTGA7ZtB0/RPDSGH5zc8MKbszNOgMjqNRveozWaYq5r"   \
 "FujS4NJvAcM0JRnOM8UA5x84etbR5e+a/M1BXP4/BytuBLtw24pSd1+M/pNA\" "          \
 "\"YjhN1N0AZcvGwVS73tMCYajC3nmPzkPF9lw1JbFA3jWF64k9BnbGgv6OqvsGspg5GifpnC" \
 "3RJ24RJLNkr6FpDfevIGLwdrVpR5rXWU3iJfSMVT5nLICz6jAkXuP2UHv1/a8o6fmMd+RJ"   \
 "vfSDbN+cjz66ayZGUzGH2rCVg6uEtmql9OkdQKnGt64hLwIDAQAB\" "

#define RSA_4352                                                            \
 "\"MIICQjANBgkqhkiG9w0BAQEFAAOCAi8AMIICKgKCAiEAuIjQHn5cTw18QZu636kL6c28VS" \
 "kV+2l3bLTH0Zb0QJjn+k+E7+dzzUvfKTp6dx/E/8kARE+N28kg8jNOzzR04LcWy+3qNI1h"   \
 "J3ECtwELWNl+fi0DhgXIn7TXcpJBP/LMIvfzfW3DCm4Ms62WGT0Mp8/g4UGh\" "          \
 "\"cMhkXcvC+NgcdjwFEUcWnZll/9CQg6W2ycRz9mEeTed+8ehp6CtCIo1a+Xn4wyn9/IWkSr" \
 "PDE5iJQ9SkZpBVxBDsO81F6V7Ipa11Yme7CP0u8JmRnbQYsuOW1idoLy4GDcsaRUedhrSL"   \
 "SxVdoKl6UyJ7DHopR++o5vxbUFSgVkdv/CjyxqHl89sOuDzjbnLxElkr3AMw\" "          \
 "\"hSudzyQM0fl0vb0ZzArUhHDqy8zvqTN58l9I1OrJApqcA5GOKZjXbrjDdrWCuWw/fmKmru" \
 "jVHXCNzq+4ocjD0z903bsAN0UTmuXIoDRdDX8j4mP/ecoPYC1zcVZHtnv6tdQaQhvz3Q/t"   \
 "dFHJZiCm69n7G3rfPQR+qkZx0AaOZ73+e1xQy6tPas1FBb6bupqEBfYxTmMg\" "          \
 "\"OSe2p8WcjBxR7Q2HB7N/xtggsMC/EyjpvqZAlFgPXU9Jdcj9ok5pX4t3AYrEHu0I7IkWju" \
 "+rxfAQA7aSLZp+REezuPX6Xxi+bhpNPgP0Rke/N8CLuZI2Ddb1/ODgYCRKrxHUeZGyP2Vu"   \
 "cQkGhAXU1zvoh/A0VAsvJzqDLVSicwIDAQAB\" "

/* RFC 8463 appendix A.2, bare and inside a SubjectPublicKeyInfo. */
#define ED25519      "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define ED25519_SPKI "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

#endif
