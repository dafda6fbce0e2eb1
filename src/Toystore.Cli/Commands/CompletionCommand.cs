using System.CommandLine;

namespace Toystore.Cli.Commands;

/// <summary><c>toystore completion SHELL</c>: a script that asks <c>toystore [suggest]</c> at each press of Tab.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # Load with: source <(toystore completion bash)
        _toystore_complete() {
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _toystore_complete toystore
        """;

    private const string Zsh = """
        # Load with: source <(toystore completion zsh)
        _toystore_complete() {
            local -a suggestions
            suggestions=("${(@f)$("${words[1]}" "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
            compadd -a suggestions
            _files
        }
        compdef _toystore_complete toystore
        """;

    private const string Fish = """
        # Load with: toystore completion fish | source
        complete -c toystore -a '(toystore "[suggest:"(commandline -C)"]" (commandline) 2>/dev/null)'
        """;

    public static Command Create(Terminal terminal)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command("completion", "Print a script that lets a shell complete toystore's verbs and options.") { shell };
        command.Does(terminal, async (parsed, _) =>
        {
            await terminal.Output.WriteLineAsync(parsed.GetValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish });
            return ExitCode.Done;
        });
        return command;
    }
}
