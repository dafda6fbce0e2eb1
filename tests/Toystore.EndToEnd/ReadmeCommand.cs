using System.Text.RegularExpressions;

namespace Toystore.EndToEnd;

/// <summary>
/// A command of the README and what the README says that it prints, where <c>...</c> stands for anything. In a <c>```console</c> block lines that begin with <c>$ </c> are commands (a <c>\</c> at the end goes on in
/// the next line), and what follows, up to the next command, is their output. A block below <c>&lt;!-- not tested: REASON --&gt;</c> is left out.
/// </summary>
internal sealed partial record ReadmeCommand(int Line, string Command, string Expected)
{
    private const string NotTested = "<!-- not tested: ";

    /// <summary>The commands to test, in order.</summary>
    public static List<ReadmeCommand> Read(IReadOnlyList<string> lines)
    {
        var commands = new List<ReadmeCommand>();
        for (var i = 0; i < lines.Count; i++)
        {
            if (!lines[i].StartsWith("```", StringComparison.Ordinal))
            {
                continue;
            }

            var isTested = lines[i].Trim() == "```console" && !lines.Take(i).LastOrDefault(line => line.Trim().Length > 0, "").Trim().StartsWith(NotTested, StringComparison.Ordinal);
            var first = ++i;
            while (i < lines.Count && !lines[i].StartsWith("```", StringComparison.Ordinal))
            {
                i++;
            }

            if (isTested)
            {
                AddBlock(commands, lines, first, i);
            }
        }

        return commands;
    }

    /// <summary>True if a terminal that shows this shows what the README promises.</summary>
    public bool Fits(string printed) => Regex.IsMatch(Plain(printed), $"^{string.Join(".*", Plain(Expected).Split("...").Select(Regex.Escape))}$", RegexOptions.Singleline);

    /// <summary>Without colours, and without blanks at the ends of lines and around the whole.</summary>
    private static string Plain(string text) => string.Join('\n', Escape().Replace(text, "").Replace("\r", "", StringComparison.Ordinal).Split('\n').Select(line => line.TrimEnd())).Trim('\n');

    private static void AddBlock(List<ReadmeCommand> commands, IReadOnlyList<string> lines, int first, int end)
    {
        for (var i = first; i < end;)
        {
            var line = i + 1;
            Assert.True(lines[i].StartsWith("$ ", StringComparison.Ordinal), $"README.md:{line}: a console block begins with a command, '$ ' before it: {lines[i]}");
            var command = lines[i++][2..];
            while (command.EndsWith('\\') && i < end)
            {
                command += "\n" + lines[i++];
            }

            var expected = new List<string>();
            while (i < end && !lines[i].StartsWith("$ ", StringComparison.Ordinal))
            {
                expected.Add(lines[i++]);
            }

            commands.Add(new ReadmeCommand(line, command, string.Join('\n', expected)));
        }
    }

    [GeneratedRegex(@"\x1b\[[0-9;?]*[A-Za-z]")]
    private static partial Regex Escape();
}
