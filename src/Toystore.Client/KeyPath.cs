using System.Buffers;
using Toystore.Core;

namespace Toystore.Client;

/// <summary>
/// Keys in URLs: every byte but letters, digits, <c>-</c>, <c>_</c> and <c>~</c> as <c>%XX</c>. The dot too: <c>/v1/keys/..</c> is rewritten by proxies and URL libraries, <c>/v1/keys/%2E%2E</c> is a key.
/// </summary>
internal static class KeyPath
{
    private static readonly SearchValues<byte> Plain = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~"u8);

    /// <summary>The bytes as ASCII text that no URL library changes.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        var plain = 0;
        foreach (var b in bytes)
        {
            plain += Plain.Contains(b) ? 1 : 0;
        }

        return string.Create(plain + (3 * (bytes.Length - plain)), bytes, static (text, bytes) =>
        {
            var at = 0;
            foreach (var b in bytes)
            {
                if (Plain.Contains(b))
                {
                    text[at++] = (char)b;
                    continue;
                }

                text[at++] = '%';
                text[at++] = Hex(b >> 4);
                text[at++] = Hex(b & 0xf);
            }
        });
    }

    /// <summary>Reads what <see cref="Encode"/> writes, and plain text; false if a <c>%</c> is not followed by two hexadecimal digits or the result is no key.</summary>
    public static bool TryDecode(string text, out Key key)
    {
        key = default;
        var utf8 = System.Text.Encoding.UTF8.GetBytes(text);
        var length = 0;
        for (var i = 0; i < utf8.Length; i++)
        {
            if (utf8[i] != '%')
            {
                utf8[length++] = utf8[i];
                continue;
            }

            if (i + 2 >= utf8.Length || !char.IsAsciiHexDigit((char)utf8[i + 1]) || !char.IsAsciiHexDigit((char)utf8[i + 2]))
            {
                return false;
            }

            utf8[length++] = (byte)((Digit(utf8[i + 1]) << 4) | Digit(utf8[i + 2]));
            i += 2;
        }

        return Key.TryCreate(utf8.AsMemory(0, length), out key);
    }

    private static char Hex(int digit) => (char)(digit < 10 ? '0' + digit : 'A' + digit - 10);

    private static int Digit(byte hex) => hex <= '9' ? hex - '0' : (hex | 0x20) - 'a' + 10;
}
