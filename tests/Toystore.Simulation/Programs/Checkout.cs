using System.ComponentModel;
using System.Diagnostics;

namespace Toystore.Simulation.Programs;

/// <summary>The checkout that this program was built in.</summary>
internal static class Checkout
{
    /// <summary>Its commit, and whether there are changes that are in none: <c>347ab850c1d2 with local changes</c>.</summary>
    public static string Describe()
    {
        var commit = Git("rev-parse", "--short=12", "HEAD");
        return commit is not { Length: > 0 } ? "not known: git says nothing about this folder" : Git("status", "--porcelain") is { Length: > 0 } ? $"{commit} with local changes" : commit;
    }

    private static string? Git(params string[] arguments)
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = AppContext.BaseDirectory, RedirectStandardOutput = true, RedirectStandardError = true });
            if (git is null)
            {
                return null;
            }

            git.ErrorDataReceived += (_, _) => { };
            git.BeginErrorReadLine();
            var said = git.StandardOutput.ReadToEnd().Trim();
            git.WaitForExit();
            return git.ExitCode == 0 ? said : null;
        }
        catch (Win32Exception)
        {
            return null; // there is no git here
        }
    }
}
