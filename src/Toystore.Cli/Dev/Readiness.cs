namespace Toystore.Cli.Dev;

/// <summary>Asks a node whether it takes requests.</summary>
internal sealed class Readiness : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(1) }) { Timeout = TimeSpan.FromSeconds(2) };

    /// <summary>Waits until <c>/health/ready</c> says yes; else why not: the process is gone, or the time is up.</summary>
    public async Task<string?> WaitAsync(DevMember member, ProcessMark process, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        var last = "it did not answer";
        while (time.GetElapsedTime(begun) < patience)
        {
            try
            {
                using var response = await _http.GetAsync(new Uri($"http://{member.Http}/health/ready"), cancellationToken);
                if (response.IsSuccessStatusCode)
                {
                    return null;
                }

                last = await response.Content.ReadAsStringAsync(cancellationToken);
            }
            catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                // Not listening yet, most likely.
            }

            if (!NodeProcess.IsRunning(process))
            {
                return "its process ended";
            }

            await Task.Delay(Pause, time, cancellationToken);
        }

        return $"it is not ready after {patience.TotalSeconds:0} s ({last.Trim()})";
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}
