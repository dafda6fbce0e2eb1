using System.Text;

namespace Toystore.Client;

/// <summary>Concurrent values as <c>multipart/mixed</c> (RFC 2046), each part with the length of its body: no byte of a value is searched for a boundary.</summary>
internal static class Multipart
{
    private const int HeadBytesMax = 8 * 1024;

    /// <summary>The parts in order; false if the body is not what <paramref name="boundary"/> and the parts' lengths promise.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> body, string boundary, List<Value> values)
    {
        var delimiter = Encoding.ASCII.GetBytes("--" + boundary);
        var at = body.Span.IndexOf(delimiter);
        while (at >= 0)
        {
            var rest = body[(at + delimiter.Length)..];
            if (rest.Span.StartsWith("--"u8))
            {
                return values.Count > 0;
            }

            var head = rest.Span.IndexOf("\r\n\r\n"u8);
            if (head is < 0 or > HeadBytesMax || !TryReadHead(Encoding.UTF8.GetString(rest.Span[..head]), out var length, out var value) || length > rest.Length - head - 4)
            {
                return false;
            }

            values.Add(value with { Bytes = rest.Slice(head + 4, length) });
            var tail = at + delimiter.Length + head + 4 + length;
            if (!body.Span[tail..].StartsWith("\r\n"u8) || !body.Span[(tail + 2)..].StartsWith(delimiter))
            {
                return false;
            }

            at = tail + 2;
        }

        return false;
    }

    private static bool TryReadHead(string head, out int length, out Value value)
    {
        length = -1;
        value = default;
        foreach (var line in head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0)
            {
                continue;
            }

            var text = line[(colon + 1)..].Trim();
            switch (line[..colon].Trim().ToUpperInvariant())
            {
                case "CONTENT-LENGTH" when int.TryParse(text, System.Globalization.NumberStyles.None, null, out var bytes):
                    length = bytes;
                    break;
                case "CONTENT-TYPE":
                    value = value with { ContentType = text };
                    break;
                case "TOYSTORE-EXPIRES-AT":
                    value = value with { ExpiresAt = Answer.ReadMoment(text) };
                    break;
                default:
                    break;
            }
        }

        return length >= 0;
    }
}
