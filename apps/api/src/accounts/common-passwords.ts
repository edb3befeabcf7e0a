/** Passwords of ten or more characters that stand in every list of leaked ones, in lower case. */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(
  `0123456789 0987654321 1029384756 123123123123 12345678900 1234567890 12345678910 123456789a 1234567891 123456789q
  1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc 1qazxsw23edc abc123456789 abcd123456 abcdefghij administrator asdfghjkl; asdfghjkl1
  changeme123 changemenow charlie123 chocolate1 computer123 contraseña dragon1234 football123 iloveyou123 iloveyou12
  letmein123 letmein1234 liverpool1 lovely1234 manchester michelle123 minecraft1 monkey1234 mypassword mypassword1
  p@ssw0rd123 p@ssword123 pass123456 passw0rd123 password00 password01 password1! password10 password11 password12
  password123 password1234 password12345 password123! password2024 password2025 password2026 passwordpassword
  princess123 q1w2e3r4t5 q1w2e3r4t5y6 qazwsxedcrfv qwerty12345 qwerty123456 qwertyuiop qwertyuiop1 qwertyuiop123 secret1234
  slicechat1 slicechat123 starwars123 summer2025 summer2026 sunshine123 superman123 trustno1trustno1 unbelievable
  welcome123 welcome1234 welcome2025 welcome2026 whatever123 winter2025 winter2026 zaq12wsxcde3 zxcvbnm123`.split(
    /\s+/,
  ),
)
