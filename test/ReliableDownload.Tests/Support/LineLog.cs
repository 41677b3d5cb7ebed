namespace ReliableDownload.Tests.Support;

/// <summary>The lines that a program wrote so far, and waiting for one of them. Safe for threads.</summary>
internal sealed class LineLog
{
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _ended;

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
                return [.. _lines];
        }
    }

    /// <summary>All of it, with line feeds.</summary>
    public string Text => string.Concat(Lines.Select(line => line + "\n"));

    /// <param name="line">Null for the end.</param>
    public void Add(string? line)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            if (line is null)
                _ended = true;
            else
                _lines.Add(line);
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }

    /// <summary>The first line with <paramref name="part"/> in it, now or later; fails when there is none in the end.</summary>
    public Task<string> WaitForAsync(string part) => WaitForAsync(line => line.Contains(part, StringComparison.Ordinal), $"with '{part}' ");

    /// <summary>The first line that is as asked, now or later; fails when there is none in the end.</summary>
    public async Task<string> WaitForAsync(Predicate<string> isIt, string description = "")
    {
        using var limit = new CancellationTokenSource(ProcessRunner.Limit);
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_lines.Find(isIt) is { } found)
                    return found;
                if (_ended)
                    Assert.Fail($"no line {description}in:\n{string.Join('\n', _lines)}");
                changed = _changed.Task;
            }

            await changed.WaitAsync(limit.Token);
        }
    }
}
