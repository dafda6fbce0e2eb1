using System.Buffers;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Toystore.EndToEnd.Processes;

/// <summary>A process this test has started, and all that it has printed. Ended, by its id, with the test.</summary>
internal sealed class RunningProcess : IAsyncDisposable
{
    private const int SigInt = 2;
    private const int SigTerm = 15;
    private const int SigCont = 18;
    private const int SigStop = 19;

    private readonly Process _process;
    private readonly Printed _output;
    private readonly Printed _error;

    private RunningProcess(Process process)
    {
        _process = process;
        _output = new Printed(process.StandardOutput.BaseStream);
        _error = new Printed(process.StandardError.BaseStream);
    }

    /// <summary>Its number.</summary>
    public int Id => _process.Id;

    /// <summary>False once it has ended.</summary>
    public bool IsRunning => !_process.HasExited;

    /// <summary>What it has printed so far, errors behind the rest.</summary>
    public string Text => _output.Text + _error.Text;

    /// <summary>Starts <c>toystore</c> with these words.</summary>
    public static RunningProcess Toystore(params string[] words) => Toystore([], words);

    /// <summary>The same, as the last words of another command.</summary>
    public static RunningProcess Toystore(IReadOnlyList<string> before, string[] words)
    {
        string[] all = [.. before, Dotnet.Host, Dotnet.ToystoreDll, .. words];
        return Start(all[0], all[1..]);
    }

    /// <summary>Starts a program. Nothing is left of the settings that whoever runs the tests may have in the environment. What it is given on its input may be nothing.</summary>
    public static RunningProcess Start(string program, IEnumerable<string> words, ReadOnlyMemory<byte> input = default, string? directory = null)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? "",
        };
        foreach (var word in words)
        {
            start.ArgumentList.Add(word);
        }

        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("TOYSTORE_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        var running = new RunningProcess(Process.Start(start)!);
        running.Feed(input);
        return running;
    }

    /// <summary>Waits until it has ended by itself.</summary>
    public async Task<CommandResult> EndAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience.Limit);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Assert.Fail($"Gave up waiting for the end of: {_process.StartInfo.FileName} {string.Join(' ', _process.StartInfo.ArgumentList)}\nIt printed:\n{Text}");
        }

        return new CommandResult(_process.ExitCode, await _output.AllAsync(), Encoding.UTF8.GetString(await _error.AllAsync()));
    }

    /// <summary>Ends it at once (SIGKILL), and returns when it is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>It stands still from now on: as a machine does that swaps, or whose virtual machine is moved.</summary>
    public void Pause() => Assert.Equal(0, SendSignal(Id, SigStop));

    /// <summary>It goes on after a pause.</summary>
    public void Continue() => Assert.Equal(0, SendSignal(Id, SigCont));

    /// <summary>As a supervisor asks a process to end.</summary>
    public void Terminate() => Assert.Equal(0, SendSignal(Id, SigTerm));

    /// <summary>As Ctrl-C does.</summary>
    public void Interrupt() => Assert.Equal(0, SendSignal(Id, SigInt));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (IsRunning)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private void Feed(ReadOnlyMemory<byte> input)
    {
        try
        {
            using var stream = _process.StandardInput.BaseStream;
            stream.Write(input.Span);
        }
        catch (IOException)
        {
            // It ended without reading all of it.
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int processId, int signal);

    /// <summary>One output of the process, read to its end in the background.</summary>
    private sealed class Printed
    {
        private readonly Lock _lock = new(); // guards the bytes
        private readonly ArrayBufferWriter<byte> _bytes = new();
        private readonly Task _end;

        public Printed(Stream stream) => _end = ReadAsync(stream);

        public string Text
        {
            get
            {
                lock (_lock)
                {
                    return Encoding.UTF8.GetString(_bytes.WrittenSpan);
                }
            }
        }

        /// <summary>All of it, when the process has ended.</summary>
        public async Task<byte[]> AllAsync()
        {
            await _end;
            return _bytes.WrittenSpan.ToArray();
        }

        private async Task ReadAsync(Stream stream)
        {
            var part = new byte[16 * 1024];
            for (int length; (length = await stream.ReadAsync(part)) > 0;)
            {
                lock (_lock)
                {
                    _bytes.Write(part.AsSpan(0, length));
                }
            }
        }
    }
}

/// <summary>How a command ended, and what it printed.</summary>
internal sealed record CommandResult(int ExitCode, byte[] Bytes, string Error)
{
    /// <summary>The output as text.</summary>
    public string Output => Encoding.UTF8.GetString(Bytes);

    /// <summary>Itself, if it ended with this code; else the test fails and shows what was printed.</summary>
    public CommandResult Expect(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"Exit code {ExitCode} instead of {exitCode}.\n{Output}\n{Error}");
        return this;
    }
}
