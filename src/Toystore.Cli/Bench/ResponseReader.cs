using System.Buffers.Text;

namespace Toystore.Cli.Bench;

/// <summary>
/// Finds the end of HTTP/1.1 answers and their status, and nothing else, in bytes as they arrive: for a generator that must cost less than what it measures. One answer at a time; what follows it is an error.
/// </summary>
internal sealed class ResponseReader
{
    private const int HeadBytesMax = 32 * 1024;

    private State _state = State.Head;
    private long _bodyLeft;

    private enum State
    {
        Head,
        Body,
        ChunkSize,
        ChunkBody,
        Trailer,
    }

    /// <summary>Of the answer last read.</summary>
    public int Status { get; private set; }

    /// <summary>True if the server closes the connection after it.</summary>
    public bool Closes { get; private set; }

    /// <summary>Forgets what came before: for the first answer on a connection, and every further one.</summary>
    public void Reset() => (_state, Status, Closes, _bodyLeft) = (State.Head, 0, false, 0);

    /// <summary>
    /// Takes in <paramref name="bytes"/>. True when the answer is complete; else <paramref name="consumed"/> says how much need not be shown again, and the rest must come again with more behind it.
    /// </summary>
    /// <exception cref="InvalidDataException">This is not HTTP/1.1 as a Toystore node speaks it.</exception>
    public bool TryRead(ReadOnlySpan<byte> bytes, out int consumed)
    {
        consumed = 0;
        while (true)
        {
            var rest = bytes[consumed..];
            switch (_state)
            {
                case State.Head:
                    var end = rest.IndexOf("\r\n\r\n"u8);
                    if (end < 0)
                    {
                        return rest.Length <= HeadBytesMax ? false : throw new InvalidDataException("The head of the answer does not end.");
                    }

                    consumed += end + 4;
                    ReadHead(rest[..end]);
                    break;
                case State.Body:
                case State.ChunkBody:
                    var taken = (int)Math.Min(_bodyLeft, rest.Length);
                    consumed += taken;
                    _bodyLeft -= taken;
                    if (_bodyLeft > 0)
                    {
                        return false;
                    }

                    if (_state == State.Body)
                    {
                        return consumed == bytes.Length ? true : throw new InvalidDataException("More came than was asked for.");
                    }

                    _state = State.ChunkSize;
                    break;
                case State.ChunkSize:
                    var line = rest.IndexOf("\r\n"u8);
                    if (line < 0)
                    {
                        return false;
                    }

                    if (!Utf8Parser.TryParse(rest[..line], out int size, out _, 'x') || size < 0)
                    {
                        throw new InvalidDataException("A chunk of the answer has no length.");
                    }

                    consumed += line + 2;
                    (_state, _bodyLeft) = size == 0 ? (State.Trailer, 0L) : (State.ChunkBody, size + 2L);
                    break;
                case State.Trailer:
                    var trailer = rest.IndexOf("\r\n"u8);
                    if (trailer < 0)
                    {
                        return false;
                    }

                    consumed += trailer + 2;
                    (_state, _bodyLeft) = trailer == 0 ? (State.Body, 0L) : (State.Trailer, 0L);
                    break;
                default:
                    throw new InvalidOperationException();
            }
        }
    }

    private void ReadHead(ReadOnlySpan<byte> head)
    {
        if (head.Length < 12 || !head.StartsWith("HTTP/1.1 "u8) || !Utf8Parser.TryParse(head.Slice(9, 3), out int status, out var digits) || digits != 3)
        {
            throw new InvalidDataException("The answer is not HTTP/1.1.");
        }

        Status = status;
        long? length = status is 204 or 304 ? 0 : null;
        var chunked = false;
        for (var at = head.IndexOf("\r\n"u8); at >= 0;)
        {
            var line = head[(at + 2)..];
            var end = line.IndexOf("\r\n"u8);
            at = end < 0 ? -1 : at + 2 + end;
            line = end < 0 ? line : line[..end];
            if (line.Length < 10)
            {
                continue;
            }

            // Only three headers matter, and each has its own length: the colon's place tells them apart before any comparison.
            if (line.Length > 15 && line[14] == ':' && Ascii(line[..14], "content-length"u8) && length is null)
            {
                length = Utf8Parser.TryParse(line[15..].TrimStart((byte)' '), out long announced, out _) && announced >= 0
                    ? announced
                    : throw new InvalidDataException("The answer has no valid length.");
            }
            else if (line.Length > 11 && line[10] == ':' && Ascii(line[..10], "connection"u8))
            {
                Closes = Ascii(line[11..].Trim((byte)' '), "close"u8);
            }
            else if (line.Length > 17 && line[17] == ':' && Ascii(line[..17], "transfer-encoding"u8))
            {
                chunked = Ascii(line[18..].Trim((byte)' '), "chunked"u8);
            }
        }

        (_state, _bodyLeft) = chunked && length is null ? (State.ChunkSize, 0L) : (State.Body, length ?? throw new InvalidDataException("The answer has no length."));
    }

    private static bool Ascii(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) => System.Text.Ascii.EqualsIgnoreCase(left, right);
}
