/** Most characters of what an account is made of, for the server and for the form; the name without blanks around it. */
export const NAME = { max: 80 } as const;

/** RFC 5321, section 4.5.3.1.3: a path has 256 octets, two of them its brackets. */
export const EMAIL = { max: 254 } as const;
