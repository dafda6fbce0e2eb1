using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text;
using System.Text.Unicode;
using Toystore.Client;
using Toystore.Core;

namespace Toystore.Cli;

/// <summary>Keys on the command line: plain text or, with <c>--encoded</c>, percent-encoded bytes.</summary>
internal sealed class KeyArgument
{
    /// <summary>The key as typed.</summary>
    public Argument<string> Text { get; } = new("KEY") { Description = "1 to 4096 bytes of UTF-8. Put -- before one that begins with a dash." };

    /// <summary>For keys that are no text.</summary>
    public Option<bool> Encoded { get; } = new("--encoded") { Description = "Keys are percent-encoded bytes, here and in the output: %00%FF, a%2Fb." };

    /// <summary>Adds both.</summary>
    public void AddTo(Command command, bool optional = false)
    {
        Text.Arity = optional ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne;
        command.Add(Text);
        command.Add(Encoded);
    }

    /// <summary>The key that was given; null if it is optional and was not.</summary>
    public Key? Find(ParseResult parsed) => parsed.GetResult(Text) is { Tokens.Count: > 0 } result ? Read(result, parsed.GetValue(Encoded)) : default(Key?);

    /// <summary>The key that was given.</summary>
    public Key Get(ParseResult parsed) => Find(parsed) ?? throw new UsageException("Name the key.");

    /// <summary>A key as text: as it is if that can be typed again, else percent-encoded, and then <paramref name="plain"/> is false.</summary>
    public static string Show(Key key, bool encoded, out bool plain)
    {
        plain = Utf8.IsValid(key.Span) && key.Span.IndexOfAnyInRange((byte)0, (byte)31) < 0 && !key.Span.Contains((byte)127);
        return encoded || !plain ? KeyPath.Encode(key.Span) : Encoding.UTF8.GetString(key.Span);
    }

    private static Key Read(ArgumentResult result, bool encoded)
    {
        var text = result.Tokens[0].Value;
        if (encoded)
        {
            return KeyPath.TryDecode(text, out var decoded) ? decoded : throw new UsageException($"'{text}' is no percent-encoded key: each % is followed by two hexadecimal digits, as in a%2Fb.");
        }

        return Key.TryCreate(Encoding.UTF8.GetBytes(text), out var key)
            ? key
            : throw new UsageException($"A key has 1 to {Key.BytesMax} bytes; this one has {Encoding.UTF8.GetByteCount(text)}.");
    }
}
