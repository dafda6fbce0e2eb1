using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Toystore.Server.Http;

/// <summary>Bytes as text in a target, and back. A plus is a plus: only forms write spaces so.</summary>
internal static class PercentEncoding
{
    // The dot is left out: clients and proxies take `.` and `..` for steps in a path.
    private static readonly SearchValues<byte> Plain = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~"u8);

    /// <summary>False if a percent sign is not followed by two hexadecimal digits, if a character is not ASCII, or if there are more than <paramref name="bytesMax"/> bytes.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, int bytesMax, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        var escapes = text.Count('%');
        var length = text.Length - (2 * escapes);
        if (length < 0 || length > bytesMax)
        {
            return false;
        }

        var decoded = length == 0 ? [] : new byte[length];
        if (escapes == 0)
        {
            if (Ascii.FromUtf16(text, decoded, out _) != OperationStatus.Done)
            {
                return false;
            }
        }
        else
        {
            var to = 0;
            for (var from = 0; from < text.Length; from++)
            {
                int value = text[from];
                if (value == '%')
                {
                    if (from + 2 >= text.Length || !TryHex(text[from + 1], text[from + 2], out value))
                    {
                        return false;
                    }

                    from += 2;
                }
                else if (value > 127)
                {
                    return false;
                }

                if (to == decoded.Length)
                {
                    return false; // a percent sign further on has no digits of its own
                }

                decoded[to++] = (byte)value;
            }
        }

        bytes = decoded;
        return true;
    }

    /// <summary>Text that reads as itself in any part of a target.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IndexOfAnyExcept(Plain) < 0)
        {
            return Encoding.ASCII.GetString(bytes);
        }

        var text = new StringBuilder(bytes.Length + 16);
        foreach (var value in bytes)
        {
            if (Plain.Contains(value))
            {
                text.Append((char)value);
            }
            else
            {
                text.Append('%').Append(Hex(value >> 4)).Append(Hex(value & 15));
            }
        }

        return text.ToString();
    }

    /// <summary>The byte that two hexadecimal digits stand for.</summary>
    public static bool TryHex(char high, char low, out int value)
    {
        value = (Digit(high) << 4) | Digit(low);
        return value >= 0;
    }

    private static int Digit(char digit) => digit switch
    {
        >= '0' and <= '9' => digit - '0',
        >= 'A' and <= 'F' => digit - 'A' + 10,
        >= 'a' and <= 'f' => digit - 'a' + 10,
        _ => -1,
    };

    private static char Hex(int digit) => (char)(digit < 10 ? '0' + digit : 'A' + digit - 10);
}
